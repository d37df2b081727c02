"""The training loop and what it is made of; imports nothing of ours but the compile rules."""
