"""The version of srcad: part of every cache key and of the first line of what it emits."""

VERSION = "0.1.0"
