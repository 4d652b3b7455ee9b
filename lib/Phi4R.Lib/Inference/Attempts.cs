using Polly;
using Polly.Retry;

namespace Phi4R.Inference;

/// <summary>One try: the answer, or what went wrong.</summary>
/// <param name="Pause">
/// How long to wait before the next; infinite where no other would help, and null where nobody says how long.
/// </param>
internal readonly record struct Attempt<T>(T? Answer, string Problem, TimeSpan? Pause = null)
    where T : class;

/// <summary>Tries again, within limits, what may succeed another time; pauses grow and are spread at random.</summary>
internal sealed class Attempts<T>
    where T : class
{
    private static readonly ResiliencePropertyKey<long> Started = new("started");
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    private readonly ResiliencePipeline<Attempt<T>> _pipeline;
    private readonly Action<string>? _log;

    /// <param name="maxTime">Of all tries together; a pause that would pass it is not begun.</param>
    public Attempts(int maxTries, TimeSpan maxTime, Action<string>? log)
    {
        _log = log;
        var builder = new ResiliencePipelineBuilder<Attempt<T>>();
        _pipeline = maxTries < 2 ? builder.Build() : builder.AddRetry(new RetryStrategyOptions<Attempt<T>>
        {
            MaxRetryAttempts = maxTries - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstPause,
            MaxDelay = LongestPause,
            DelayGenerator = args => ValueTask.FromResult(args.Outcome.Result.Pause),
            ShouldHandle = args => ValueTask.FromResult(args.Outcome is { Exception: null, Result.Answer: null }
                && args.Outcome.Result.Pause != Timeout.InfiniteTimeSpan
                && Elapsed(args.Context) + (args.Outcome.Result.Pause ?? TimeSpan.Zero) <= maxTime),
        }).Build();
    }

    /// <summary>The answer, or why there is none.</summary>
    /// <param name="what">Is tried, as a person reads it.</param>
    public async Task<(T? Answer, string Problem)> RunAsync(
        string what, Func<Task<Attempt<T>>> attempt, CancellationToken cancel)
    {
        var tries = 0;
        var context = ResilienceContextPool.Shared.Get(cancel);
        context.Properties.Set(Started, TimeProvider.System.GetTimestamp());
        try
        {
            var last = await _pipeline.ExecuteAsync(
                async _ =>
                {
                    tries++;
                    return await attempt().ConfigureAwait(false);
                },
                context).ConfigureAwait(false);
            if (last.Answer is null && last.Pause != Timeout.InfiniteTimeSpan)
            {
                _log?.Invoke($"{what} was tried {tries} times and given up: {last.Problem}");
            }

            return (last.Answer, last.Problem);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static TimeSpan Elapsed(ResilienceContext context) =>
        TimeProvider.System.GetElapsedTime(context.Properties.GetValue(Started, 0));
}
