using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;
using Phi4R.Text;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Phi4R.Stages;

/// <summary>One text that a collection wants.</summary>
/// <param name="Asked">The problem that it is about.</param>
/// <param name="Number">Which of the problem's completions it is, or is about.</param>
internal sealed record Wish(ProblemInFlight Asked, int Number);

/// <summary>Is given what came for a wish; null where it failed.</summary>
internal delegate ValueTask Arrival(Wish wish, Completion? completion);

/// <summary>
/// Whoever writes texts: a teacher in this process, or servers. It fulfils wishes in any order, and ends when there are
/// no more.
/// </summary>
internal delegate Task Answerer(IAsyncEnumerable<Wish> wishes, Arrival arrival, CancellationToken cancel);

/// <summary>The answerers that there are.</summary>
internal static class Answerers
{
    /// <summary>A teacher in this process, whose completions of a problem come of one stream.</summary>
    /// <param name="groupSize">Completions that a problem is asked for at once.</param>
    /// <param name="stream">The random numbers of a problem's completions, by its place.</param>
    public static Answerer Teacher(
        ITeacher teacher, ITokenizer tokenizer, int groupSize, Func<int, RandomStream> stream) =>
        async (wishes, arrival, cancel) =>
        {
            var chat = new ChatFormat(tokenizer);
            IReadOnlyList<Completion> group = [];
            ProblemInFlight? of = null;
            await foreach (var wish in wishes.WithCancellation(cancel).ConfigureAwait(false))
            {
                if (wish.Asked != of || wish.Number >= group.Count)
                {
                    of = wish.Asked;
                    group = RolloutCollector.Texts(
                        teacher, chat, of.Problem, ((wish.Number / groupSize) + 1) * groupSize, stream(of.Place));
                }

                await arrival(wish, group[wish.Number]).ConfigureAwait(false);
            }
        };

    /// <summary>Servers that are asked for what is not known yet.</summary>
    /// <param name="ask">Asks servers.</param>
    /// <param name="task">What is asked for a wish, under a key that names all that the answer depends on.</param>
    /// <param name="known">What was received under a key before; null for nothing.</param>
    /// <param name="received">Is called with what was received, or failed, before whoever wished for it.</param>
    public static Answerer Servers(
        Func<IAsyncEnumerable<ChatTask>, CancellationToken, IAsyncEnumerable<ChatOutcome>> ask,
        Func<Wish, ChatTask> task,
        Func<string, Completion?> known,
        Action<ChatOutcome> received) =>
        async (wishes, arrival, cancel) =>
        {
            ConcurrentDictionary<string, Wish> asked = new(StringComparer.Ordinal);
            await foreach (var outcome in ask(Unknown(cancel), cancel).ConfigureAwait(false))
            {
                if (!asked.TryRemove(outcome.Task.Key, out var wish))
                {
                    continue; // The same once more: what came first is kept.
                }

                received(outcome);
                await arrival(wish, outcome.Failure is null ? outcome.Completion : null).ConfigureAwait(false);
            }

            async IAsyncEnumerable<ChatTask> Unknown([EnumeratorCancellation] CancellationToken cancel)
            {
                await foreach (var wish in wishes.WithCancellation(cancel).ConfigureAwait(false))
                {
                    var wanted = task(wish);
                    if (known(wanted.Key) is { } before)
                    {
                        await arrival(wish, before).ConfigureAwait(false);
                    }
                    else
                    {
                        asked[wanted.Key] = wish;
                        yield return wanted;
                    }
                }
            }
        };

    /// <summary>A task of one user's turn.</summary>
    /// <param name="name">Whom the answer is for, readable, and unique with what it is asked about.</param>
    /// <param name="model">The name of the model that is asked.</param>
    public static ChatTask Task(string name, string model, string prompt, SamplingConfig sampling, ulong seed)
    {
        var origin = GeneratorInfo.Hash(new { model, prompt, sampling, seed });
        return new($"{name}#{origin[..16]}", [new ChatMessage(ChatRole.User, prompt)], sampling, seed);
    }
}
