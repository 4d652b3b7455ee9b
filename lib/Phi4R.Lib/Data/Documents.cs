using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Looks over training documents before a stage learns from them.</summary>
public static class Documents
{
    /// <summary>
    /// Leaves out what is too long for the stage, with a line in the ledger: a truncated answer would teach the model
    /// not to stop.
    /// </summary>
    /// <param name="maxTokens">Of a document.</param>
    public static IReadOnlyList<TrainingExample> Fitting(
        IReadOnlyList<TrainingExample> documents, int maxTokens, Ledger ledger)
    {
        var tokens = TokenDocuments.Of(documents);
        var fitting = tokens.Where(place => tokens.LengthOf(place) <= maxTokens);
        ledger.Add("documents", documents.Count - fitting.Count, $"longer than {maxTokens} tokens; left out whole");
        return fitting;
    }

    /// <summary>The same documents, if each ends in a token that ends an answer.</summary>
    /// <param name="stopIds">Tokens after which an answer is over.</param>
    /// <exception cref="InvalidDataException">One does not; the message names the first.</exception>
    public static IReadOnlyList<TrainingExample> Ended(
        IReadOnlyList<TrainingExample> documents, IReadOnlyList<int> stopIds)
    {
        var tokens = TokenDocuments.Of(documents);
        var open = Enumerable.Range(0, tokens.Count)
            .Where(place => tokens.LastOf(place) is not { } last || !stopIds.Contains(last)).ToList();
        return open.Count == 0 ? documents : throw new InvalidDataException(
            $"{open.Count} of {tokens.Count} documents do not end in a token that ends an answer "
                + $"({string.Join(", ", stopIds)}); the first is that of problem {tokens.IdOf(open[0])}, which ends in "
            + $"{(tokens.LastOf(open[0]) is { } end ? end : "nothing")}. The model would learn not to stop. "
            + "Leave such documents out, where that is counted, or write their end.");
    }

    /// <summary>The same pairs, if each side ends in a token that ends an answer.</summary>
    /// <param name="stopIds">Tokens after which an answer is over.</param>
    /// <exception cref="InvalidDataException">One does not; the message names the first.</exception>
    public static IReadOnlyList<PreferencePair> Ended(IReadOnlyList<PreferencePair> pairs, IReadOnlyList<int> stopIds)
    {
        Ended(
            [.. pairs.SelectMany(pair => new[]
            {
                new TrainingExample(pair.ProblemId, pair.Chosen, 0),
                new TrainingExample(pair.ProblemId, pair.Rejected, 0),
            })], stopIds);
        return pairs;
    }
}
