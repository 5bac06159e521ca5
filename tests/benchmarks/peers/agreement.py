"""Whether two engines computed the same."""


def difference(path, reference_path):
    """Largest absolute difference of the outputs as a share of the reference's standard deviation."""
    from safetensors.numpy import load_file

    output, reference = load_file(path)["y"], load_file(reference_path)["y"]
    if output.shape != reference.shape:
        return float("inf")
    return float(abs(output - reference).max() / reference.std())
