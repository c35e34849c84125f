"""What runs under the Python of a QIIME 2 environment, where Parsl is.

These files are copied into a folder and run there, by Python 3.8 or later: each imports only the
standard library, Parsl, QIIME 2's framework and tomlkit where they are, and its neighbours here.
Nothing of Parsl is imported before it is needed.
"""
