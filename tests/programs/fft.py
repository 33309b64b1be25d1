"""Fast Fourier transforms by hand, and an equaliser that uses them."""

import cmath
import math

import numpy as np


def fft_recursive(x):
    """Cooley-Tukey as in the lecture: lists of complex numbers."""
    n = len(x)
    if n == 1:
        return list(x)
    if n % 2:
        raise ValueError(f"the length must be a power of two, not {n}")
    even, odd = fft_recursive(x[::2]), fft_recursive(x[1::2])
    twiddled = [cmath.exp(-2j * cmath.pi * k / n) * odd[k] for k in range(n // 2)]
    return [e + t for e, t in zip(even, twiddled)] + [e - t for e, t in zip(even, twiddled)]


def bit_reversed(n):
    """The order in which the butterflies want their input."""
    bits = n.bit_length() - 1
    return [int(f"{i:0{bits}b}"[::-1], 2) if bits else i for i in range(n)]


def fft(x, inverse=False):
    """In place on a copy, by levels of butterflies."""
    n = len(x)
    if n & (n - 1):
        raise ValueError(f"the length must be a power of two, not {n}")
    a = np.asarray(x, dtype=complex)[bit_reversed(n)]
    sign = 1 if inverse else -1
    size = 2
    while size <= n:
        half = size // 2
        w = np.exp(sign * 2j * np.pi * np.arange(half) / size)
        for start in range(0, n, size):
            top = a[start : start + half].copy()
            bottom = w * a[start + half : start + size]
            a[start : start + half] = top + bottom
            a[start + half : start + size] = top - bottom
        size *= 2
    return a / n if inverse else a


def convolve(x, y):
    """Linear convolution by way of the transform."""
    length = len(x) + len(y) - 1
    size = 1 << (length - 1).bit_length()
    padded = [np.concatenate([v, np.zeros(size - len(v))]) for v in (x, y)]
    fx, fy = map(fft, padded)
    return fft(fx * fy, inverse=True)[:length].real


def power_spectrum(x, window="hann"):
    n = len(x)
    windows = {
        "hann": lambda k: 0.5 - 0.5 * math.cos(2 * math.pi * k / n),
        "rect": lambda k: 1.0,
        "welch": lambda k: 1 - ((k - n / 2) / (n / 2)) ** 2,
    }
    weight = np.array([windows[window](k) for k in range(n)])
    spectrum = fft(x * weight)[: n // 2 + 1]
    return np.abs(spectrum) ** 2 / np.sum(weight**2)


def equaliser_loss(taps, signal, target):
    """How far the filtered signal's spectrum is from the target, in decibels."""
    heard = convolve(signal, taps)[: len(signal)]
    level = 10 * np.log10(power_spectrum(heard) + 1e-6)
    return np.mean((level - target) ** 2)


def spectral_centroid(samples):
    """Where the middle of the spectrum is."""
    half = fft_recursive(samples)[: len(samples) // 2]
    power = [abs(c) ** 2 for c in half]
    return sum(k * p for k, p in enumerate(power)) / sum(power)
