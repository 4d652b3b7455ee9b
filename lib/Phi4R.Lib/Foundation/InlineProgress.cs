namespace Phi4R.Foundation;

/// <summary>Calls at once and on the same thread, so that reports arrive in order; the framework's own Progress posts them elsewhere.</summary>
public sealed class InlineProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
