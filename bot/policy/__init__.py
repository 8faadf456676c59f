"""The policy core: facts in, a verdict or an estimate with its trace out. Pure; standard library only.

No figure of policy stands in this package: every amount, ratio and period comes from ``knowledge/policy/*.yml``.
"""
