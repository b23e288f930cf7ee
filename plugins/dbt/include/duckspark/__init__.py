import pathlib

PACKAGE_PATH = str(pathlib.Path(__file__).parent)
