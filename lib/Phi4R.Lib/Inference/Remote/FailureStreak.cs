namespace Phi4R.Inference.Remote;

/// <summary>Says when nobody is there to ask any more: so many failures in a row.</summary>
/// <remarks>
/// A refusal is about one prompt as long as others are answered, and counts until the first answer only: a key that is
/// wrong ends all, a prompt that a filter refuses does not.
/// </remarks>
/// <param name="most">So many in a row end it.</param>
internal sealed class FailureStreak(int most)
{
    private bool _isAnswered;
    private int _row;

    /// <summary>Takes an outcome.</summary>
    /// <returns>Whether it is the one that ends it.</returns>
    public bool Ends(ChatOutcome outcome)
    {
        if (outcome.Failure is null)
        {
            (_isAnswered, _row) = (true, 0);
        }
        else if (!outcome.IsRefused || !_isAnswered)
        {
            _row++;
        }

        return outcome.Failure is not null && _row >= most;
    }
}
