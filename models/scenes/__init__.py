"""Street scenes that we render ourselves: training pictures with exact labels, and the demonstration's camera views.

Numpy and OpenCV only. Metres, x east, y north, z up; the ground is z = 0. Nothing here is a photograph or a model
made by others.
"""
