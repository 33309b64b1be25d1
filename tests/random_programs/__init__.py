"""Random whole programs, as source text, that hold srcad to differences and to itself.

`scope` is what a program under construction has, `expressions` and `statements` are tables of
weighted productions (to cover more of Python, add a line), `program` puts functions together,
`judge` loads a program and compares its derivatives, `shrink` makes a failing one small.
"""
