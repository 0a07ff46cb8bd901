"""What is kept, and where: runs, registered models and files."""
