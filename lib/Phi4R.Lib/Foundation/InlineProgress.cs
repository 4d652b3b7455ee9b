namespace Phi4R.Foundation;

/// <summary>
/// Calls at once and on the same thread, so that reports arrive in order; the framework's own Progress posts them
/// elsewhere.
/// </summary>
public sealed class InlineProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

/// <summary>Counts that go on from others.</summary>
internal static class ProgressCounts
{
    /// <summary>Adds what was counted before.</summary>
    public static IProgress<int>? After(this IProgress<int>? progress, int before) =>
        progress is null ? null : new InlineProgress<int>(count => progress.Report(before + count));
}
