namespace Phi4R.Text;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">
/// Who speaks: system, user, assistant, tool or tool_response; a template passes others through as text.
/// </param>
/// <param name="Content">What is said.</param>
/// <param name="Tools">Of a system turn: the tools that may be called, as JSON text; null for none.</param>
public sealed record ChatMessage(string Role, string Content, string? Tools = null);
