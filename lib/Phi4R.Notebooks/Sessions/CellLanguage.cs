using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Tags;

namespace Phi4R.Notebooks.Sessions;

/// <summary>One word that may follow.</summary>
/// <param name="Kind">As Jupyter's front ends name them: function, instance, class, module, keyword, property.</param>
internal sealed record Completion(string Text, string Kind);

/// <summary>Words that may stand at a place of a cell, the likeliest first.</summary>
/// <param name="Start">Where the word to replace begins, in UTF-16 units.</param>
internal sealed record Completions(IReadOnlyList<Completion> Words, int Start);

/// <summary>What an editor asks about a cell that has not been run yet, answered by Roslyn's own services.</summary>
/// <remarks>For one thread at a time.</remarks>
internal sealed class CellLanguage(Submissions submissions)
{
    private readonly Lazy<CellDocuments> _documents = new(() => new CellDocuments(submissions));

    public static bool? IsComplete(string code)
    {
        try
        {
            var tree = CSharpSyntaxTree.ParseText(CellDirectives.Read(CellSection.CSharpOf(code), "cell").Code,
                Submissions.Syntax);
            return !SyntaxFactory.IsCompleteSubmission(tree) ? false
                : tree.GetDiagnostics().Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) ? null
                : true;
        }
        catch (CellException)
        {
            return null;
        }
    }

    /// <summary>
    /// Loads what answers need, by asking: the first of each of these kinds takes 5 to 30 times as long as the next.
    /// </summary>
    /// <exception cref="OperationCanceledException">Somebody needs the processor; what is loaded stays so.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        foreach (var code in (string[])["Con", "Console.Wri", "var a = new Lis", "\"text\".Sub"])
        {
            cancel.ThrowIfCancellationRequested();
            await CompleteAsync(code, code.Length, cancel).ConfigureAwait(false);
        }

        const string Call = "Math.Pow(";
        foreach (var place in (int[])["Math".Length, Call.Length])
        {
            cancel.ThrowIfCancellationRequested();
            await DescribeAsync(Call, place, cancel).ConfigureAwait(false);
        }
    }

    /// <exception cref="OperationCanceledException">Nobody waits for the answer any more.</exception>
    public async Task<Completions> CompleteAsync(string code, int cursor, CancellationToken cancel)
    {
        if (OfDirective(code, cursor) is { } directives)
        {
            return directives;
        }

        if (CSharpAround(code, cursor) is not { } written)
        {
            return new Completions([], cursor);
        }

        var document = await _documents.Value.DraftAsync(written, cancel).ConfigureAwait(false);
        var service = CompletionService.GetService(document)!;
        var found = await service.GetCompletionsAsync(document, cursor, cancellationToken: cancel)
            .ConfigureAwait(false);
        var typed = code[found.Span.Start..cursor];
        var items = found.ItemsList.Where(item => Starts(item.FilterText, typed)).ToImmutableArray();
        if (items.IsEmpty)
        {
            items = [.. found.ItemsList.Where(item => Holds(item.FilterText, typed))];
        }

        var best = service.FilterItems(document, items, typed);
        List<(CompletionItem Item, string Text, int Start)> words = [];
        foreach (var item in items.OrderByDescending(best.Contains)
            .ThenByDescending(item => item.FilterText.StartsWith(typed, StringComparison.Ordinal))
            .ThenByDescending(item => item.Rules.MatchPriority)
            .ThenBy(item => item.SortText, StringComparer.OrdinalIgnoreCase)
            .DistinctBy(item => item.DisplayText))
        {
            var change = item.IsComplexTextEdit
                ? (await service.GetChangeAsync(document, item, cancellationToken: cancel).ConfigureAwait(false))
                    .TextChange
                : new(item.Span, item.Properties.GetValueOrDefault("InsertionText", item.DisplayText)
                    + (item.DisplayTextSuffix == ":" ? ":" : "")); // of an argument's name
            words.Add((item, change.NewText ?? "", change.Span.Start));
        }

        // Jupyter replaces the same place by any word; some, such as a whole override, reach further back.
        var start = words.Select(word => word.Start).Append(found.Span.Start).Min();
        return new Completions(
            [.. words.Select(word => new Completion(code[start..word.Start] + word.Text, Kind(word.Item.Tags)))],
            start);
    }

    /// <summary>
    /// What the compiler minds at a place, and signature and documentation of what stands there, or of the call that
    /// it is in; null where nothing known does.
    /// </summary>
    /// <exception cref="OperationCanceledException">Nobody waits for the answer any more.</exception>
    public async Task<string?> DescribeAsync(string code, int cursor, CancellationToken cancel)
    {
        if (CSharpAround(code, cursor) is not { } written)
        {
            return null;
        }

        var document = await _documents.Value.DraftAsync(written, cancel).ConfigureAwait(false);
        var model = (await document.GetSemanticModelAsync(cancel).ConfigureAwait(false))!;
        var root = await model.SyntaxTree.GetRootAsync(cancel).ConfigureAwait(false);
        var text = CallSignatures.At(model, root, cursor);
        if ((text is null || IsOnName(root, cursor)) && await QuickInfoService.GetService(document)!
            .GetQuickInfoAsync(document, cursor, cancel).ConfigureAwait(false) is { } about)
        {
            text = string.Join('\n', about.Sections.Select(section => section.Text));
        }

        // What the text lacks yet is no news to its writer.
        var unfinished = text is null ? [] : model.GetSyntaxDiagnostics(cancellationToken: cancel);
        var errors = model.GetDiagnostics(cancellationToken: cancel).Except(unfinished)
            .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning
                && diagnostic.Location.SourceSpan.IntersectsWith(cursor))
            .Select(diagnostic => $"{diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}");
        var parts = string.Join("\n\n", [.. errors, .. text is null ? Array.Empty<string>() : [text]]);
        return parts.Length == 0 ? null : parts;
    }

    /// <summary>What may stand on a line that begins with #; null on any other.</summary>
    private static Completions? OfDirective(string code, int cursor)
    {
        var line = code[(code[..cursor].LastIndexOf('\n') + 1)..cursor];
        var written = line.TrimStart();
        return !written.StartsWith('#') ? null
            : new Completions(
                [.. CellDirectives.Forms.Where(form => form.StartsWith(written, StringComparison.Ordinal))
                    .Select(form => new Completion(form, "keyword"))], cursor - written.Length);
    }

    /// <summary>
    /// The cell with all that is no C# as spaces, so that places are those of the cell as written; null where the place
    /// is in such a part.
    /// </summary>
    private static string? CSharpAround(string code, int cursor)
    {
        string blanked;
        try
        {
            blanked = CellDirectives.Read(CellSection.CSharpOf(code), "cell").Code;
        }
        catch (CellException)
        {
            return code;
        }

        var lines = code.Split('\n');
        var kept = blanked.Split('\n');
        var here = code.AsSpan(0, cursor).Count('\n');
        for (var i = 0; i < lines.Length && i < kept.Length; i++)
        {
            if (kept[i].Length == 0 && !string.IsNullOrWhiteSpace(lines[i]))
            {
                if (i == here)
                {
                    return null;
                }

                lines[i] = new string(' ', lines[i].Length);
            }
        }

        return string.Join('\n', lines);
    }

    private static bool IsOnName(SyntaxNode root, int cursor) => new[] { cursor, Math.Max(0, cursor - 1) }
        .Select(place => root.FindToken(place))
        .Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.Span.IntersectsWith(cursor));

    private static bool Starts(string word, string typed) =>
        word.StartsWith(typed, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a word holds what was typed, or begins its parts with it as WL does WriteLine's.</summary>
    private static bool Holds(string word, string typed) => word.Contains(typed, StringComparison.OrdinalIgnoreCase)
        || string.Concat(word.Where(char.IsUpper)).StartsWith(typed, StringComparison.OrdinalIgnoreCase);

    private static string Kind(ImmutableArray<string> tags) => tags.FirstOrDefault() switch
    {
        WellKnownTags.Method or WellKnownTags.ExtensionMethod => "function",
        WellKnownTags.Property => "property",
        WellKnownTags.Class or WellKnownTags.Structure or WellKnownTags.Interface or WellKnownTags.Enum
            or WellKnownTags.Delegate => "class",
        WellKnownTags.Namespace => "module",
        WellKnownTags.Keyword => "keyword",
        _ => "instance",
    };
}
