"""PyTorch: modules, TorchScript, exported programs, state dictionaries and checkpoints."""
