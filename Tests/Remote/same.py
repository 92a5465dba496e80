"""Compares pairs of pictures: `same.py A B [A B ...]`. Fails if two differ by more than 1 of 255 anywhere."""
import sys

import numpy as np
from PIL import Image

files = sys.argv[1:]
for here, there in zip(files[::2], files[1::2]):
    one, other = (np.asarray(Image.open(file).convert("RGB"), dtype=int) for file in (here, there))
    worst = abs(one - other).max() if one.shape == other.shape else 255
    print(f"{here} and {there}: {worst} of 255 at most")
    if worst > 1:
        sys.exit(1)
