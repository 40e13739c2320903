"""How the default detector is made: pictures and rendered scenes in, weights out.

Needs the training environment of `requirements.txt`; the running service imports none of this.
`pictures`, `augment` and `settings` are numpy and OpenCV only.
"""
