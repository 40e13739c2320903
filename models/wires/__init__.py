"""A network that finds wires, trained on wires that are drawn over photographs: no labelled wire is needed.

The idea is that of Madaan, Maturana and Scherer, "Wire detection using synthetic data and dilated convolutional
networks for unmanned aerial vehicles", IROS 2017. Drawing (`draw`) needs numpy and OpenCV alone; torch is for training.
"""
