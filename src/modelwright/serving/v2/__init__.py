"""The Open Inference Protocol (KServe's V2), with Triton's binary tensors."""
