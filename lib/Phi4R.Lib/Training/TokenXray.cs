// B rows, T tokens.
using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Text;

namespace Phi4R.Training;

/// <summary>Which of LongRoPE's lists of factors turns the heads of a pass.</summary>
public enum RopeRegime
{
    /// <summary>The model has no lists.</summary>
    Unscaled,

    /// <summary>The short list.</summary>
    ShortFactors,

    /// <summary>The long list.</summary>
    LongFactors,
}

/// <summary>One token of a batch, as the model and the loss see it.</summary>
public sealed record XrayToken
{
    /// <summary>Of the batch.</summary>
    public required int Row { get; init; }

    /// <summary>In its row, from 0.</summary>
    public required int Place { get; init; }

    /// <summary>The id of the token.</summary>
    public required int Id { get; init; }

    /// <summary>What it says; control tokens are written out.</summary>
    public required string Text { get; init; }

    /// <summary>Whether it is a control token, which only a template may write.</summary>
    public required bool Special { get; init; }

    /// <summary>Whether it fills the row and belongs to no document.</summary>
    public required bool Padding { get; init; }

    /// <summary>Whether it is in the loss: predicted, and learned from.</summary>
    public required bool InLoss { get; init; }

    /// <summary>Number of its document in the batch, from 0; -1 for padding.</summary>
    public required int Document { get; init; }

    /// <summary>What its rotation is computed from.</summary>
    public required int Position { get; init; }

    /// <summary>The first place in its row that it attends to; it sees all from there to itself.</summary>
    public required int SeesFrom { get; init; }
}

/// <summary>What is wrong with a batch.</summary>
public enum XrayFaultKind
{
    /// <summary>A document opens with the same control token twice.</summary>
    DoubleStart,

    /// <summary>A document's last token does not end an answer.</summary>
    MissingEnd,

    /// <summary>Padding is in the loss.</summary>
    LearnedPadding,

    /// <summary>A token before the answer is in the loss of a stage that learns answers only.</summary>
    LearnedPrompt,

    /// <summary>A token of an answer is not in the loss.</summary>
    UnlearnedAnswer,

    /// <summary>A token attends to another document, or not to all of its own before it.</summary>
    AttentionLeak,

    /// <summary>A document's positions do not count up from 0.</summary>
    WrongPosition,
}

/// <summary>One fault, and where it is.</summary>
/// <param name="DocumentId">The document's problem; empty for padding.</param>
public sealed record XrayFault(XrayFaultKind Kind, int Row, int Place, string DocumentId, string Message);

/// <summary>What holds for the batches of a stage.</summary>
/// <param name="PromptsLearned">Whether the loss covers prompts too, as in pre-training and mid-training.</param>
/// <param name="AnswersEnd">
/// Whether every document ends in a token that ends an answer; not so where a length limit may have cut answers, as in
/// reinforcement.
/// </param>
public sealed record XrayRules(bool PromptsLearned, bool AnswersEnd);

/// <summary>
/// A batch of any stage as plain values, token by token: what a notebook draws, and what a check reads.
/// </summary>
public sealed record TokenXray
{
    /// <summary>B: how many rows are shown.</summary>
    public required int Rows { get; init; }

    /// <summary>T: tokens of a row.</summary>
    public required int Length { get; init; }

    /// <summary>Of the whole pass: one long document switches all.</summary>
    public required RopeRegime Regime { get; init; }

    /// <summary>The problem of each document, in the batch's order.</summary>
    public required IReadOnlyList<string> DocumentIds { get; init; }

    /// <summary>B * T of them, row by row.</summary>
    public required IReadOnlyList<XrayToken> Tokens { get; init; }

    /// <summary>All that is wrong under the stage's rules; empty for a sound batch.</summary>
    public required IReadOnlyList<XrayFault> Faults { get; init; }

    /// <summary>Looks at rows as a step would feed them.</summary>
    /// <param name="padTokenId">The pad token id.</param>
    public static TokenXray Of(IReadOnlyList<PackedSequence> rows, ITokenizer tokenizer, ModelConfig config,
        int padTokenId, XrayRules rules)
    {
        using var batch = TokenBatch.From(rows, padTokenId, CPU);
        return Of(batch, [.. rows.SelectMany(row => row.Documents)], tokenizer, config, rules);
    }

    /// <summary>Looks at documents of one row each, as fine-tuning, preference and reinforcement feed them.</summary>
    /// <param name="padTokenId">The pad token id.</param>
    public static TokenXray Of(IReadOnlyList<TrainingExample> examples, ITokenizer tokenizer, ModelConfig config,
        int padTokenId, XrayRules rules)
    {
        var length = examples.Max(example => example.Tokens.Length);
        return Of([.. examples.Select(example => new PackedSequence([example], length))], tokenizer, config,
            padTokenId, rules);
    }

    /// <summary>
    /// Looks at preference pairs: the right answers first, then the wrong ones, each after its prompt.
    /// </summary>
    /// <param name="padTokenId">The pad token id.</param>
    public static TokenXray Of(
        IReadOnlyList<PreferencePair> pairs, ITokenizer tokenizer, ModelConfig config, int padTokenId) => Of(
        [.. pairs.Select(pair => Example(pair, pair.Chosen, "chosen")),
            .. pairs.Select(pair => Example(pair, pair.Rejected, "rejected"))],
        tokenizer, config, padTokenId, new XrayRules(PromptsLearned: false, AnswersEnd: true));

    /// <summary>
    /// Looks at sampled answers as reinforcement learns from them; one that the length limit truncated has no end, and
    /// that is no fault.
    /// </summary>
    /// <param name="padTokenId">The pad token id.</param>
    public static TokenXray Of(
        IReadOnlyList<PolicyRollout> answers, ITokenizer tokenizer, ModelConfig config, int padTokenId) => Of(
        [.. answers.Select((answer, i) => answer.Document($"answer {i}, advantage {answer.Advantage:0.##}"))],
        tokenizer, config, padTokenId,
        new XrayRules(PromptsLearned: false, AnswersEnd: answers.All(answer => !answer.Completion.IsTruncated)));

    private static TrainingExample Example(PreferencePair pair, int[] answer, string side) =>
        new($"{pair.ProblemId} {side}", [.. pair.Prompt, .. answer], pair.Prompt.Length);

    /// <summary>
    /// Looks at a batch: everything is read from its tensors and spans, which are what the model is given.
    /// </summary>
    /// <param name="documents">The batch's documents, for their names.</param>
    public static TokenXray Of(TokenBatch batch, IReadOnlyList<TrainingExample> documents, ITokenizer tokenizer,
        ModelConfig config, XrayRules rules)
    {
        var (rows, length) = ((int)batch.Ids.shape[0], (int)batch.Ids.shape[1]);
        var ids = Values(batch.Ids);
        var positions = batch.Positions is null ? null : Values(batch.Positions);
        var learned = new bool[rows * length];
        foreach (var place in Values(batch.LossRows))
        {
            learned[place + 1] = true;
        }

        var (homes, starts) = (new int[rows * length], new int[rows * length]);
        Array.Fill(homes, -1);
        foreach (var (number, span) in batch.Spans.Index())
        {
            Array.Fill(homes, number, (span.Row * length) + span.Start, span.Length);
            Array.Fill(starts, span.Start, (span.Row * length) + span.Start, span.Length);
        }

        var tokens = Enumerable.Range(0, rows * length).Select(at => new XrayToken
        {
            Row = at / length,
            Place = at
                % length,
            Id = (int)ids[at],
            Text = tokenizer.Decode([(int)ids[at]]),
            Special = IsSpecial(tokenizer,
                    (int)ids[at]),
            Padding = homes[at] < 0,
            InLoss = learned[at],
            Document = homes[at],
            Position = (int)(positions?[at] ?? at % length),
            SeesFrom = homes[at] < 0
                ? at % length
                : starts[at]
        }).ToList();
        var longest = tokens.Max(token => token.Position);
        var regime = config.LongFactors is null ? RopeRegime.Unscaled
            : config.RopePolicy == RopePolicy.AlwaysLong || longest + 1 > config.OriginalMaxPositions
                ? RopeRegime.LongFactors
            : RopeRegime.ShortFactors;
        var xray = new TokenXray
        {
            Rows = rows,
            Length = length,
            Regime = regime,
            DocumentIds = [.. documents.Select(document => document.Id)],
            Tokens = tokens,
            Faults = [],
        };
        return xray with { Faults = xray.Find(rules, tokenizer) };
    }

    /// <summary>The same, if it is sound.</summary>
    /// <exception cref="InvalidDataException">
    /// It is not; the message counts the faults by kind and tells the first.
    /// </exception>
    public TokenXray Checked() => Faults.Count == 0
        ? this
        : throw new InvalidDataException($"The batch has {Faults.Count} faults "
            + $"({string.Join(", ", Faults.CountBy(fault => fault.Kind).Select(kind => $"{kind.Key} {kind.Value}"))}). "
            + $"The first, in row {Faults[0].Row} at place {Faults[0].Place}: {Faults[0].Message}");

    /// <summary>All faults of these tokens.</summary>
    public IReadOnlyList<XrayFault> Find(XrayRules rules, ITokenizer tokenizer)
    {
        List<XrayFault> faults = [];
        var answerMark = tokenizer.Encode("<|assistant|>", special: true)[^1];
        foreach (var token in Tokens.Where(token => token is { Padding: true, InLoss: true }))
        {
            Add(XrayFaultKind.LearnedPadding, token, "padding is in the loss; the model would learn to write it.");
        }

        foreach (var document in Tokens.Where(token => !token.Padding).GroupBy(token => token.Document))
        {
            XrayToken[] own = [.. document];
            var answer = Array.FindIndex(own, token => token.Id == answerMark) + 1;
            if (own is [{ Special: true } first, var second, ..] && second.Id == first.Id)
            {
                Add(XrayFaultKind.DoubleStart, second, $"the document opens with {first.Text} twice; a template and "
                    + "a tokenizer each wrote one.");
            }

            if (rules.AnswersEnd && !tokenizer.StopIds.Contains(own[^1].Id))
            {
                Add(XrayFaultKind.MissingEnd, own[^1], $"the document ends in '{own[^1].Text}'; without a token that "
                    + "ends the answer the model learns not to stop.");
            }

            foreach (var (i, token) in own.Index())
            {
                if (token.Position != i)
                {
                    Add(XrayFaultKind.WrongPosition, token,
                        $"token {i} of its document has position {token.Position}.");
                }

                if (token.SeesFrom != own[0].Place)
                {
                    Add(XrayFaultKind.AttentionLeak, token, $"it attends from place {token.SeesFrom} on; its "
                        + $"document begins at {own[0].Place}.");
                }

                if (token.InLoss && i < answer && !rules.PromptsLearned)
                {
                    Add(XrayFaultKind.LearnedPrompt, token, $"'{token.Text}' stands before the answer and is in the "
                        + "loss of a stage that learns answers only.");
                }

                if (!token.InLoss && i >= Math.Max(1, answer))
                {
                    Add(XrayFaultKind.UnlearnedAnswer, token,
                        $"'{token.Text}' belongs to the answer and is not in the loss.");
                }
            }
        }

        return [.. faults.OrderBy(fault => fault.Row).ThenBy(fault => fault.Place)];

        void Add(XrayFaultKind kind, XrayToken token, string message) =>
            faults.Add(new XrayFault(kind, token.Row, token.Place,
                token.Document < 0 ? "" : DocumentIds[token.Document], message));
    }

    // A control token's text means that token only where a template writes it.
    private static bool IsSpecial(ITokenizer tokenizer, int id)
    {
        var text = tokenizer.Decode([id]);
        return text.StartsWith("<|", StringComparison.Ordinal) && text.EndsWith("|>", StringComparison.Ordinal)
            && tokenizer.Encode(text, special: true) is [var same] && same == id;
    }

    private static long[] Values(Tensor values) => values.cpu().to_type(ScalarType.Int64).data<long>().ToArray();
}
