"""What the notebooks of this book share: data, charts, tables and their output formats."""
