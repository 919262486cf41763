"""What maintainers run: ``python -m nato_japan.commands.check`` and its like, by way of make."""
