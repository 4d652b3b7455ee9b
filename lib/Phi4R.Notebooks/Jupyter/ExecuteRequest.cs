namespace Phi4R.Notebooks.Jupyter;

/// <summary>A cell that a front end wants run.</summary>
/// <param name="IsRemembered">It counts and goes into the history.</param>
/// <param name="StopsOnError">If it fails, cells that wait behind it are not run.</param>
/// <param name="AllowsInput">The front end can ask the reader.</param>
internal sealed record ExecuteRequest(WireMessage Message, string Code, bool IsSilent, bool IsRemembered,
    bool StopsOnError, bool AllowsInput)
{
    /// <exception cref="InvalidOperationException">A part is of another kind than the protocol says.</exception>
    public static ExecuteRequest Read(WireMessage message)
    {
        var content = message.Content;
        var isSilent = (bool?)content["silent"] ?? false;
        return new ExecuteRequest(
            message, (string?)content["code"] ?? "", isSilent, !isSilent && ((bool?)content["store_history"] ?? true),
            (bool?)content["stop_on_error"] ?? true, (bool?)content["allow_stdin"] ?? true);
    }
}
