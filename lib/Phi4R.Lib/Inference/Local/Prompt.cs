namespace Phi4R.Inference.Local;

/// <summary>Tokens that are being computed, or are computed, and the answers that go on from them.</summary>
internal sealed class Prompt(int[] ids, bool useLong, IEnumerable<Answer> answers)
{
    public int[] Ids => ids;

    public Queue<Answer> Answers { get; set; } = new(answers);

    public CachedSequence Sequence { get; } = new(useLong);

    /// <summary>Tokens that are computed.</summary>
    public int Fed { get; set; }

    /// <summary>Those after the last token, once it is computed.</summary>
    public float[]? Logits { get; set; }

    /// <summary>Takes out the answers that nobody waits for any more.</summary>
    /// <returns>How many they were.</returns>
    public int DropCancelled()
    {
        var before = Answers.Count;
        Answers = new Queue<Answer>(Answers.Where(answer => !answer.Job.IsOver));
        return before - Answers.Count;
    }
}
