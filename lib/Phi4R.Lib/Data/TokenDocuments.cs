using System.Collections;

namespace Phi4R.Data;

/// <summary>
/// Training documents of which lengths are at hand and tokens are fetched one document at a time, so that they need not
/// be in memory.
/// </summary>
internal abstract class TokenDocuments : IReadOnlyList<TrainingExample>
{
    /// <inheritdoc/>
    public abstract int Count { get; }

    /// <inheritdoc/>
    public abstract TrainingExample this[int index] { get; }

    /// <summary>The same documents.</summary>
    public static TokenDocuments Of(IReadOnlyList<TrainingExample> documents) =>
        documents as TokenDocuments ?? new InMemory(documents);

    /// <summary>The problem's id.</summary>
    public abstract string IdOf(int place);

    /// <summary>Tokens of a document.</summary>
    public abstract int LengthOf(int place);

    /// <summary>Tokens of a document that are in the loss.</summary>
    public abstract int LossTokensOf(int place);

    /// <summary>A document's last token; null where it has none.</summary>
    public abstract int? LastOf(int place);

    /// <summary>Some of the documents, in the order of the places.</summary>
    public TokenDocuments Picked(int[] places) => new Some(this, places);

    /// <summary>Those that fulfil a condition, in order.</summary>
    public TokenDocuments Where(Func<int, bool> holds)
    {
        int[] places = [.. Enumerable.Range(0, Count).Where(holds)];
        return places.Length == Count ? this : Picked(places);
    }

    /// <inheritdoc/>
    public IEnumerator<TrainingExample> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class InMemory(IReadOnlyList<TrainingExample> documents) : TokenDocuments
    {
        public override int Count => documents.Count;

        public override TrainingExample this[int index] => documents[index];

        public override string IdOf(int place) => documents[place].Id;

        public override int LengthOf(int place) => documents[place].Tokens.Length;

        public override int LossTokensOf(int place) => documents[place].LossTokens;

        public override int? LastOf(int place) => documents[place].Tokens is [.., var last] ? last : null;
    }

    private sealed class Some(TokenDocuments of, int[] places) : TokenDocuments
    {
        public override int Count => places.Length;

        public override TrainingExample this[int index] => of[places[index]];

        public override string IdOf(int place) => of.IdOf(places[place]);

        public override int LengthOf(int place) => of.LengthOf(places[place]);

        public override int LossTokensOf(int place) => of.LossTokensOf(places[place]);

        public override int? LastOf(int place) => of.LastOf(places[place]);
    }
}
