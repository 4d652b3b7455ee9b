namespace Phi4R.Text;

/// <summary>A token that no text is made of: only a template may write it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">How it is shown, and written in templates.</param>
/// <param name="SwallowsSpace">Whether white space right after it is dropped when a template is encoded.</param>
/// <param name="IsHidden">Whether it is left out where an answer is shown without its control tokens.</param>
public sealed record ControlToken(int Id, string Text, bool SwallowsSpace, bool IsHidden);
