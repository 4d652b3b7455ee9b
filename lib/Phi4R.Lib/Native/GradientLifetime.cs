namespace Phi4R.Native;

/// <summary>Gives back what functions of ours handed to libtorch's backward pass, as soon as libtorch has it.</summary>
/// <remarks>
/// TorchSharp reads the handles of returned gradients after the function has returned, and disposes none. Those of a
/// whole pass would live as long as the caller's dispose scope, and on an accelerator, whose backward pass has a thread
/// without one, until the garbage collector came by: as much as the activations take. When a thread hands on its next
/// gradients, libtorch has those before. For the same reason a backward function disposes the gradient that it was
/// given, and what it saved, itself: they belong to its caller's scope otherwise.
/// </remarks>
internal static class GradientLifetime
{
    [ThreadStatic]
    private static Tensor?[]? Last;

    /// <summary>What a backward function returns.</summary>
    /// <param name="gradients">In the order of the forward function's arguments; null where one has none.</param>
    public static List<Tensor> Of(params Tensor?[] gradients)
    {
        foreach (var gradient in Last ?? [])
        {
            gradient?.Dispose();
        }

        foreach (var gradient in gradients)
        {
            gradient?.DetachFromDisposeScope();
        }

        Last = gradients;
        return [.. gradients.Select(gradient => gradient!)];
    }
}
