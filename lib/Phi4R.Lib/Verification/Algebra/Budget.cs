namespace Phi4R.Verification.Algebra;

/// <summary>Counts the steps of one comparison, so that the same input always stops at the same place.</summary>
internal sealed class Budget(int steps, CancellationToken cancel)
{
    private long _left = steps;

    /// <exception cref="BudgetException">The steps are used up, or the caller cancelled.</exception>
    public void Spend(long steps = 1)
    {
        _left -= steps;
        if (_left < 0 || cancel.IsCancellationRequested)
        {
            throw new BudgetException();
        }
    }
}

/// <summary>The budget ran out; caught where the comparison began.</summary>
internal sealed class BudgetException() : Exception("The budget of this comparison ran out.");

/// <summary>A value does not exist or cannot be bounded at this point; caught where the point was chosen.</summary>
internal sealed class UndefinedException(string what) : Exception(what);

/// <summary>A text that is not understood as a whole; caught where the reading began.</summary>
internal sealed class ReadException(string what) : Exception(what);
