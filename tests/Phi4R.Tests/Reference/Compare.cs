namespace Phi4R.Tests.Reference;

internal static class Compare
{
    /// <summary>Fails unless the shapes are equal and no element differs by more than the tolerance.</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.shape, actual.shape);
        var worst = Worst(expected, actual);
        Assert.True(worst <= tolerance, $"{what} differs by {worst:G3}, more than {tolerance:G3}.");
    }

    public static double Worst(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        return expected.numel() == 0
            ? 0
            : (expected.to_type(ScalarType.Float64) - actual.detach().to_type(ScalarType.Float64)).abs().max()
                .AsDouble();
    }

    /// <summary>All bits of a tensor, to see whether two are equal to the last.</summary>
    public static float[] Bits(Tensor tensor) =>
        tensor.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
}
