namespace Phi4R.Native;

/// <summary>A tensor does not have the shape that it must have.</summary>
public sealed class ShapeException : ArgumentException
{
    public ShapeException()
    {
    }

    public ShapeException(string message)
        : base(message)
    {
    }

    public ShapeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
