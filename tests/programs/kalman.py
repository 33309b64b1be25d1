"""A Kalman filter for a tracked vehicle, tuned by the likelihood of its measurements."""

import numpy as np


class GaussianBelief:
    """Mean and covariance of what is known of the state."""

    def __init__(self, mean, cov):
        self.mean = np.asarray(mean)
        self.cov = np.asarray(cov)

    @property
    def dim(self):
        return self.mean.shape[0]

    def __repr__(self):
        return f"GaussianBelief(mean={self.mean}, std={np.sqrt(np.diag(self.cov))})"


class LinearModel:
    """x' = F x + w, with w drawn from N(0, Q)."""

    def __init__(self, transition, noise):
        self.transition = transition
        self.noise = noise

    def __call__(self, belief):
        F = self.transition
        return GaussianBelief(F @ belief.mean, F @ belief.cov @ F.T + self.noise)

    @classmethod
    def constant_velocity(cls, dt, acceleration_std):
        """Position and velocity in the plane, driven by white acceleration."""
        F = np.eye(4)
        F[0, 2] = F[1, 3] = dt
        G = np.array([[dt**2 / 2, 0.0], [0.0, dt**2 / 2], [dt, 0.0], [0.0, dt]])
        return cls(F, acceleration_std**2 * G @ G.T)


class KalmanFilter:
    """Alternates between predicting and correcting, and keeps the log-likelihood."""

    def __init__(self, model, observe, observation_noise, belief):
        self.model = model
        self.H = observe
        self.R = observation_noise
        self.belief = belief
        self.log_likelihood = 0.0
        self.skipped = 0
        self.history = [belief]

    def predict(self):
        self.belief = self.model(self.belief)

    def update(self, z):
        if z is None:
            self.skipped += 1
            return
        prior = self.belief
        innovation = z - self.H @ prior.mean
        S = self.H @ prior.cov @ self.H.T + self.R
        gain = np.linalg.solve(S, self.H @ prior.cov).T
        # Joseph's form stays symmetric and positive definite
        left = np.eye(prior.dim) - gain @ self.H
        cov = left @ prior.cov @ left.T + gain @ self.R @ gain.T
        self.belief = GaussianBelief(prior.mean + gain @ innovation, cov)
        _, logdet = np.linalg.slogdet(S)
        mahalanobis = innovation @ np.linalg.solve(S, innovation)
        self.log_likelihood -= 0.5 * (mahalanobis + logdet + len(z) * np.log(2 * np.pi))

    def step(self, z):
        self.predict()
        self.update(z)
        self.history.append(self.belief)

    def run(self, measurements):
        for z in measurements:
            self.step(z)
        return self


def make_filter(acceleration_std, sensor_std, dt, start):
    observe = np.hstack([np.eye(2), np.zeros((2, 2))])
    belief = GaussianBelief(np.array([start[0], start[1], 0.0, 0.0]), np.diag([1.0, 1.0, 4.0, 4.0]))
    model = LinearModel.constant_velocity(dt, acceleration_std)
    return KalmanFilter(model, observe, sensor_std**2 * np.eye(2), belief)


def negative_log_likelihood(log_stds, start, measurements, dt=0.5):
    """To be minimised in the logarithms of the standard deviations."""
    acceleration_std, sensor_std = np.exp(log_stds)
    kf = make_filter(acceleration_std, sensor_std, dt, start)
    return -kf.run(measurements).log_likelihood


def final_spread(log_stds, start, measurements, dt=0.5):
    """The area of uncertainty at the end of the track, and the mean of the path."""
    kf = make_filter(*np.exp(log_stds), dt, start).run(measurements)
    path = np.array([belief.mean[:2] for belief in kf.history])
    return np.sqrt(np.linalg.det(kf.belief.cov[:2, :2])), path.mean(axis=0)
