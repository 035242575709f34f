"""A differential test against a classic nanoBragg.

draw      random lines, and their input files (inputs)
lines     what a line is, and how it is written down
programs  runs a program in a directory of its own and reads what it left
compare   the differences between two runs
documented  the one table of differences that are meant
shrink    the smallest line with the same difference
report    counts and tables
command   words in, printing out
"""
