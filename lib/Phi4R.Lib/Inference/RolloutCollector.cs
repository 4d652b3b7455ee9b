using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Text;

namespace Phi4R.Inference;

/// <summary>
/// The one place where a group of completions is asked for to each problem and judged: for pairs, prompt selection,
/// reinforcement, evaluation and inspection, and for a teacher.
/// </summary>
public static class RolloutCollector
{
    /// <summary>Asks for a group of completions of each problem and judges them.</summary>
    /// <param name="policy">The weights that the completions are sampled from.</param>
    /// <param name="verify">Reads the text of those that came to their end.</param>
    /// <returns>A group for each problem, in their order.</returns>
    /// <exception cref="ArgumentException">
    /// A prompt and the length limit do not fit the model; the message names it.
    /// </exception>
    public static IReadOnlyList<RolloutGroup> Collect(
        IPolicyGenerator generator,
        LanguageModel policy,
        ITokenizer tokenizer,
        IReadOnlyList<Problem> problems,
        Verifier verify,
        GroupOptions options,
        CancellationToken cancel = default) =>
            Grade(problems, Sample(generator, policy, tokenizer, problems, options, cancel), verify);

    /// <summary>Asks a teacher for a group of texts to each problem and judges them.</summary>
    /// <param name="stream">The random numbers of a problem's texts, by its place.</param>
    public static IEnumerable<RolloutGroup> Collect(
        ITeacher teacher,
        ITokenizer tokenizer,
        IReadOnlyList<Problem> problems,
        Verifier verify,
        int groupSize,
        Func<int, RandomStream> stream,
        CancellationToken cancel = default)
    {
        var chat = new ChatFormat(tokenizer);
        foreach (var (i, problem) in problems.Index())
        {
            cancel.ThrowIfCancellationRequested();
            yield return new(problem, chat.Prompt(problem.Question),
                [.. Texts(teacher, chat, problem, groupSize, stream(i))
                    .Select(text => GradedCompletion.Of(problem, text, verify))]);
        }
    }

    /// <summary>A teacher's completions of a problem, with the token ids that a chat gives their texts.</summary>
    internal static IReadOnlyList<Completion> Texts(
        ITeacher teacher, ChatFormat chat, Problem problem, int count, RandomStream stream) =>
        [.. teacher.Answer(problem, count, stream).Select(text =>
            text with { TokenIds = chat.Completion(text.Text, text.Finish == FinishReason.Stop) })];

    /// <summary>
    /// Asks a chat client, such as a teacher or a foreign baseline, for a group of texts to each problem and judges
    /// them.
    /// </summary>
    /// <param name="verify">Reads the text of those that came to their end.</param>
    /// <param name="calls">How patiently it is asked; null for the usual.</param>
    /// <returns>
    /// A group for each problem, in their order, without token ids; what could not be had is counted among its
    /// completions as failed.
    /// </returns>
    /// <inheritdoc cref="Sample(IChatClient, IReadOnlyList{Problem}, GroupOptions, ChatSamplingOptions?, CancellationToken)"/>
    public static IReadOnlyList<RolloutGroup> Collect(
        IChatClient client,
        IReadOnlyList<Problem> problems,
        Verifier verify,
        GroupOptions options,
        ChatSamplingOptions? calls = null,
        CancellationToken cancel = default) =>
            Grade(problems, Sample(client, problems, options, calls, cancel), verify);

    /// <summary>Asks for a group of completions of each problem, with the weights of a policy.</summary>
    public static IReadOnlyList<SampledGroup> Sample(
        IPolicyGenerator generator, LanguageModel policy, ITokenizer tokenizer, IReadOnlyList<Problem> problems,
        GroupOptions options,
        CancellationToken cancel = default) =>
        Sampler.With(generator, policy, () => Sample(generator, tokenizer, problems, options, cancel), cancel);

    /// <summary>Asks for a group of completions of each problem, with whatever weights the generator has.</summary>
    public static IReadOnlyList<SampledGroup> Sample(
        IGenerator generator, ITokenizer tokenizer, IReadOnlyList<Problem> problems, GroupOptions options,
        CancellationToken cancel = default) =>
        SamplePart(generator, tokenizer, problems, options, cancel.OrHosts())();

    /// <summary>
    /// Asks for a group of completions of each problem, or where several ranks share them this one's part.
    /// </summary>
    /// <returns>As of <see cref="Sampler.DrawPart"/>.</returns>
    internal static Func<IReadOnlyList<SampledGroup>> SamplePart(
        IGenerator generator, ITokenizer tokenizer, IReadOnlyList<Problem> problems, GroupOptions options,
        CancellationToken cancel)
    {
        var chat = new ChatFormat(tokenizer);
        var requests = problems.Select((problem, i) => new GenerationRequest
        {
            PromptIds = chat.Prompt(problem.Question),
            Seeds = [.. Enumerable.Range(0, options.GroupSize).Select(j => options.Stream(i, j).State)],
            Sampling = options.Sampling,
            StopIds = tokenizer.StopIds,
        }).ToList();
        var sampled = Sampler.DrawPart(
            generator, requests, options.Journal, options.Progress, options.Enough, cancel);
        return () => [.. sampled().Select((group, i) => new SampledGroup(
            requests[i].PromptIds,
            [.. group.Select(completion => completion with { Text = tokenizer.Decode(completion.TokenIds) })]))];
    }

    /// <summary>Asks a chat client for a group of texts to each problem.</summary>
    /// <param name="calls">How patiently it is asked; null for the usual.</param>
    /// <exception cref="ArgumentException">There is a journal: it keeps token ids, which texts have not.</exception>
    /// <exception cref="InvalidOperationException">
    /// Not one completion came, so that there is nothing to go on with; the message says why.
    /// </exception>
    public static IReadOnlyList<SampledGroup> Sample(
        IChatClient client, IReadOnlyList<Problem> problems, GroupOptions options, ChatSamplingOptions? calls = null,
        CancellationToken cancel = default)
    {
        if (options.Journal is not null)
        {
            throw new ArgumentException("A journal keeps token ids, and a chat client tells texts only. Ask without "
                + "one.");
        }

        // On the pool's threads, so that a client that comes back to the caller's finds it free.
        var groups = Task.Run(() => ChatSampler.DrawAsync(client, problems, options, calls ?? new(), cancel.OrHosts()))
            .GetAwaiter().GetResult();
        return [.. groups.Select(completions => new SampledGroup([], completions))];
    }

    /// <summary>Judges the groups of problems, in the same order.</summary>
    /// <param name="verify">Reads the text of the completions that came to their end.</param>
    public static IReadOnlyList<RolloutGroup> Grade(
        IReadOnlyList<Problem> problems, IReadOnlyList<SampledGroup> groups, Verifier verify) =>
        [.. problems.Zip(groups, (problem, group) => new RolloutGroup(
            problem, group.PromptIds,
            [.. group.Completions.Select(completion => GradedCompletion.Of(problem, completion, verify))]))];
}

/// <summary>The completions of one problem before they are judged.</summary>
/// <param name="PromptIds">Token ids of the problem's prompt.</param>
/// <param name="Completions">In the order in which they were asked for.</param>
public sealed record SampledGroup(int[] PromptIds, IReadOnlyList<Completion> Completions);
