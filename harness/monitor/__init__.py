"""Samplers that watch a run."""
