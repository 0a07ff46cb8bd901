"""ONNX: model files, the sessions of ONNX Runtime that score them, and the weights that lie beside them."""
