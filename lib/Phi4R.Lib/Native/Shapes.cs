using System.Runtime.CompilerServices;

namespace Phi4R.Native;

/// <summary>Checks of a tensor's shape at the door of a module or a loss.</summary>
public static class Shapes
{
    /// <summary>The tensor itself, once its shape is as expected; -1 stands for any size.</summary>
    /// <param name="tensor">[any].</param>
    /// <returns>[any], the same tensor.</returns>
    /// <exception cref="ShapeException">
    /// The message gives the expression, the shape found and the shape expected.
    /// </exception>
    public static Tensor Shaped(this Tensor tensor, ReadOnlySpan<long> expected,
        [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        var found = tensor.shape;
        var same = found.Length == expected.Length;
        for (var i = 0; same && i < found.Length; i++)
        {
            same = expected[i] == -1 || found[i] == expected[i];
        }

        return same
            ? tensor
            : throw new ShapeException($"{name} has shape [{string.Join(", ", found)}], expected "
                + $"[{string.Join(", ", expected.ToArray())}].");
    }
}
