"""异地就医小助手: a conversational assistant for medical care outside the insured city."""
