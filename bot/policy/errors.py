"""Errors of the policy core."""


class PolicyError(Exception):
    """Base of the policy core's errors."""


class UnreasonableAmountError(PolicyError):
    """An amount that no bill can have: negative, or beyond all measure."""
