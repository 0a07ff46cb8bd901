"""What every layer stands on: errors, settings, URIs, safe paths, trust, lazy names."""
