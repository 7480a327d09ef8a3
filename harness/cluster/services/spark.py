"""Where Spark is."""

from pathlib import Path

import pyspark

# As it lies on the disk: a class-data archive is used only where the class path is, to the letter,
# the one that it was made with.
HOME = Path(pyspark.__file__).resolve().parent
JARS = HOME / "jars"
