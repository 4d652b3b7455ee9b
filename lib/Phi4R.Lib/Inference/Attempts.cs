namespace Phi4R.Inference;

/// <summary>Tries again, within limits, what may succeed another time; so many at once, and no more.</summary>
internal sealed class Attempts(int maxTries, TimeSpan maxTime, int maxInFlight, Action<string>? log) : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _places = new(maxInFlight);

    public void Dispose() => _places.Dispose();

    /// <summary>The answer, or why there is none.</summary>
    /// <param name="what">Is tried, as a person reads it.</param>
    /// <param name="attempt">
    /// One try; its pause is infinite where no other would help, and null where nobody says how long it should be.
    /// </param>
    public async Task<(T? Answer, string Problem)> RunAsync<T>(
        string what, Func<Task<(T? Answer, string Problem, TimeSpan? Pause)>> attempt, CancellationToken cancel)
        where T : class
    {
        await _places.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            // A place that a cancelled one left is nobody's to begin in.
            cancel.ThrowIfCancellationRequested();
            var started = TimeProvider.System.GetTimestamp();
            for (var tries = 1; ; tries++)
            {
                var (answer, problem, pause) = await attempt().ConfigureAwait(false);
                var waits = pause
                    ?? TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.25 * Math.Pow(2, tries - 1)));
                if (answer is not null || pause == Timeout.InfiniteTimeSpan)
                {
                    return (answer, problem);
                }

                if (tries >= maxTries || TimeProvider.System.GetElapsedTime(started) + waits > maxTime)
                {
                    log?.Invoke($"{what} was tried {tries} times and given up: {problem}");
                    return (null, problem);
                }

                await Task.Delay(waits, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            _places.Release();
        }
    }
}
