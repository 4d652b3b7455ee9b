namespace Phi4R.Notebooks.Sessions;

/// <summary>A cell that cannot be run as it is written, such as a reference to a file that is not there.</summary>
/// <param name="place">Such as "cell 7:line 3".</param>
internal sealed class CellException(string place, string message) : Exception(message)
{
    public string Place { get; } = place;
}
