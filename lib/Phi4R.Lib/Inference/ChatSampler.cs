using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Inference;

/// <summary>How patiently a chat client is asked, and what it is told before every question.</summary>
public sealed record ChatSamplingOptions
{
    /// <summary>A system turn before every question, such as how the answer is to be written; null for none.</summary>
    public string? Instructions { get; init; }

    /// <summary>How often one completion is asked for.</summary>
    public int MaxTries { get; init => field = Require.Positive(value); } = 3;

    /// <summary>How long one completion is waited for, all its tries together.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Completions that are asked for at once.</summary>
    public int MaxInFlight { get; init => field = Require.Positive(value); } = 16;

    /// <summary>Is called with a line on what failed and was given up.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>Asks a chat client for many completions at once.</summary>
internal static class ChatSampler
{
    /// <summary>Asks for a group of completions of each problem.</summary>
    /// <returns>
    /// Texts without token ids; one that could not be had is <see cref="FinishReason.Failed"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// Not one completion came, so that there is nothing to go on with.
    /// </exception>
    public static async Task<Completion[][]> DrawAsync(
        IChatClient client, IReadOnlyList<Problem> problems, GroupOptions options, ChatSamplingOptions calls,
        CancellationToken cancel)
    {
        using var attempts = new Attempts(calls.MaxTries, calls.MaxTime, calls.MaxInFlight, calls.Log);
        var (finished, lastProblem) = (0, "");
        var groups = await Task.WhenAll(problems.Select((problem, i) => Task.WhenAll(
            Enumerable.Range(0, options.GroupSize).Select(j => One(problem, i, j))))).ConfigureAwait(false);
        return groups.Length == 0 || groups.Any(group => group.Any(one => one.Finish != FinishReason.Failed))
            ? groups
            : throw new InvalidOperationException($"None of {groups.Sum(group => group.Length)} completions came from "
                + $"{Name(client)}: {lastProblem}");

        async Task<Completion> One(Problem problem, int place, int number)
        {
            var asked = Options(options.Sampling, options.Stream(place, number), calls.Instructions);
            CancellationTokenSource? limit = null; // Begins when the completion has its place among those asked for.
            try
            {
                var (completion, why) = await attempts.RunAsync(
                    $"{Name(client)}, problem '{problem.Id}'",
                    () =>
                    {
                        limit ??= Limited(calls.MaxTime, cancel);
                        return TryAsync(client, problem, asked, limit.Token, cancel);
                    },
                    cancel).ConfigureAwait(false);
                lastProblem = completion is null ? why : lastProblem;
                options.Progress?.Report(Interlocked.Increment(ref finished));
                return completion ?? new Completion { TokenIds = [], Finish = FinishReason.Failed };
            }
            finally
            {
                limit?.Dispose();
            }
        }
    }

    private static async Task<(Completion? Answer, string Problem, TimeSpan? Pause)> TryAsync(
        IChatClient client, Problem problem, ChatOptions asked, CancellationToken limit, CancellationToken cancel)
    {
        try
        {
            // A client that does not listen to its token holds nobody up.
            var response = await client.GetResponseAsync([new(ChatRole.User, problem.Question)], asked.Clone(), limit)
                .WaitAsync(limit).ConfigureAwait(false);
            return Read(response, asked.MaxOutputTokens) is { } completion
                ? (completion, "", null)
                : (null, $"it ended with '{response.FinishReason}', which is neither stop nor length", null);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            cancel.ThrowIfCancellationRequested();
            return limit.IsCancellationRequested
                ? (null, "no answer came within the time", Timeout.InfiniteTimeSpan)
                : (null, failure.Message, failure is ArgumentException or NotSupportedException
                    ? Timeout.InfiniteTimeSpan
                    : null);
        }
    }

    // Where nobody says why an answer is over, one that filled its limit was ended by it.
    private static Completion? Read(ChatResponse response, int? maxTokens)
    {
        var tokens = Math.Clamp(response.Usage?.OutputTokenCount ?? 0, 0, int.MaxValue);
        var finish = response.FinishReason
            ?? (tokens >= maxTokens ? ChatFinishReason.Length : ChatFinishReason.Stop);
        return finish == ChatFinishReason.Stop || finish == ChatFinishReason.Length
            ? new Completion
            {
                TokenIds = [],
                TokenCount = (int)tokens,
                Text = response.Text,
                Finish = finish == ChatFinishReason.Length ? FinishReason.Length : FinishReason.Stop,
            }
            : null;
    }

    private static ChatOptions Options(SamplingConfig sampling, RandomStream stream, string? instructions) => new()
    {
        Instructions = instructions,
        Temperature = (float)sampling.Temperature,
        TopP = (float)sampling.TopP,
        TopK = sampling.TopK > 0 ? sampling.TopK : null,
        MaxOutputTokens = sampling.MaxTokens,
        Seed = (long)(stream.State >> 2), // Which any server takes.
    };

    private static CancellationTokenSource Limited(TimeSpan time, CancellationToken cancel)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(time);
        return limit;
    }

    private static string Name(IChatClient client) =>
        client.GetService(typeof(ChatClientMetadata)) is ChatClientMetadata { DefaultModelId: { } model } about
            ? about.ProviderUri is { } address ? $"{model} at {address}" : model
            : "the chat client";
}
