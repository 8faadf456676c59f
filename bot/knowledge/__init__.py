"""What the office knows: the files of ``knowledge/`` as typed objects, and the checks on them."""
