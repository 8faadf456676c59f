"""Pure Chinese text: amounts, places, the facts a sentence states, masking. Standard library only."""
