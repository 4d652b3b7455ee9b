using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Phi4R.Tests.House;

/// <summary>
/// How the code is written: the width of a line, values by name, shapes of tensors, the field's words.
/// </summary>
public sealed partial class FormTests
{
    private const int Columns = 120;
    private const int MostValues = 5;

    // The words that were here before, each of which the field has another one for: lib/GLOSSARY.md.
    private static readonly string[] OldWords =
    [
        "Sample", "Answer", "VerifiedAnswer", "TeacherAnswer", "PolicyAnswer", "FineTune", "MidTrain",
        "RolloutPreference",
        "Reinforce", "Cut", "ClippedSurrogate", "IdentityPreference", "Fill", "LearnFrom", "Learned", "RowsAtOnce",
        "PairsAtOnce", "AnswersAtOnce", "RowsPerStep", "PairsPerStep", "AnswersPerPrompt", "RowLength",
        "MaxImportanceWeight", "Rebalancing", "Fate", "Displacement", "ReferenceCache", "Moment", "Masters",
        "HandedGradients", "Pass", "Passes", "RecomputeEvery", "HalfProducts", "Team", "Job", "Batch", "PagePool",
        "CacheRoom", "TokenDraw", "SampleJournal", "ToLearn", "LoadToDraw", "FinalShare", "WarmupShare",
        "LikelihoodWeight", "KlWeight", "HeldText", "Interruption", "Maths", "LogProbabilityGap",
    ];

    // What a problem and a verdict have is an answer; what a model wrote is a completion.
    private static readonly string[] Kept =
    [
        "Problem.Answer", "Rollout.Answer", "Verdict.Answer", "EvaluationVerdict.Answer", "Extracted.Answer",
        "AuditFinding.Answer", "ITeacher.Answer", "ProceduralTeacher.Answer", "RolloutCollector.Sample",
        "EvaluatedCompletion.Answer", "EvaluatedCompletion.Sample", "AskedProblem.Answer", "CompletionMark.Sample",
    ];

    private static readonly Assembly Library = typeof(Phi4R.Runs.Pipeline).Assembly;

    [Fact]
    public void A_line_ends_at_120_columns() => None(Sources().SelectMany(WideLines));

    [Fact]
    public void A_wide_line_is_found_and_text_of_another_language_is_not()
    {
        var wide = new string('a', 60) + " + " + new string('b', 60);
        Assert.Equal(["x.cs:2"], WideLines(("x.cs", $"class C\n{{ int a = {wide}; }}\n")));
        Assert.Empty(WideLines(("x.cs", $"class C\n{{\n    string a = \"\"\"\n        {wide}\n        \"\"\";\n}}\n")));
    }

    // TorchSharp reads by a number that nothing holds: the collector may free it, and libtorch ends the process.
    [Fact]
    public void No_value_is_read_out_of_a_tensor_by_a_number_that_nothing_holds()
    {
        var notebooks = Directory.GetFiles(Path.Combine(Project.Root, "notebooks"), "*.ipynb");
        Assert.NotEmpty(notebooks);
        Assert.Matches(ScalarRead(), "loss.To" + "Double()");
        None(Sources().Concat(notebooks.Select(path => (Path: Path.GetFileName(path), Text: File.ReadAllText(path))))
            .Where(file => ScalarRead().IsMatch(file.Text)).Select(file => file.Path));
    }

    // A text that was broken into two keeps the sign of both, or a reader sees "{count}" for a number.
    [Fact]
    public void A_broken_text_fills_its_holes_in_every_part() =>
        None(LibrarySource.Whole.SyntaxTrees.SelectMany(Unfilled));

    [Fact]
    public void A_hole_that_is_not_filled_is_found() => Assert.Single(Unfilled(CSharpSyntaxTree.ParseText(
        "class C { string Of(int a) => $\"{a} and \" + \"{a:N0} s\" + \"<style>{color-scheme:light}\"; }")));

    [Fact]
    public void What_has_more_than_five_values_names_them() => None(Library.GetExportedTypes()
        .SelectMany(type => type.GetConstructors().Where(made => made.GetParameters().Length > MostValues)
            .Select(made => $"{type.Name} is made of {made.GetParameters().Length} values by position")));

    [Fact]
    public void The_old_words_are_gone_from_public_names()
    {
        var names = Library.GetExportedTypes().SelectMany(type => type
            .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member is not MethodBase { IsSpecialName: true })
            .Select(member => (member.Name, Full: $"{type.Name}.{member.Name}"))
            .Append((type.Name, Full: type.Name))).ToList();
        Assert.True(names.Count > 500, $"{names.Count} public names were found.");
        None(names.Where(name => OldWords.Contains(name.Name, StringComparer.Ordinal)
            && !Kept.Contains(name.Full, StringComparer.Ordinal)).Select(name => name.Full));
    }

    [Fact]
    public void A_public_method_states_the_shapes_of_its_tensors()
    {
        List<string> silent = [];
        var seen = 0;
        foreach (var method in PublicMembers().OfType<IMethodSymbol>().Where(method => !method.IsOverride))
        {
            var words = Words(method);
            foreach (var tensor in method.Parameters.Where(parameter => parameter.Type.Name == "Tensor"))
            {
                seen++;
                var said = words?.Elements("param")
                    .FirstOrDefault(param => (string?)param.Attribute("name") == tensor.Name);
                if (said is null || !Shape().IsMatch(said.Value))
                {
                    silent.Add($"{method.ToDisplayString()}: {tensor.Name}");
                }
            }

            if (method.ReturnType.Name == "Tensor" && !Shape().IsMatch(words?.Element("returns")?.Value ?? ""))
            {
                silent.Add($"{method.ToDisplayString()}: what it returns");
            }
        }

        Assert.True(seen > 20, $"{seen} tensors were looked at.");
        None(silent);
    }

    [Fact]
    public void A_public_member_has_a_sentence_that_stands_alone()
    {
        var bare = PublicMembers().Where(member => Words(member) is var words && words?.Element("inheritdoc") is null
            && !IsSentence(words?.Element("summary"))).Select(member => member.ToDisplayString()).ToList();
        None(bare);
    }

    private static void None(IEnumerable<string> faults) =>
        Assert.True(!faults.Any(), string.Join('\n', faults.Prepend($"{faults.Count()}:")));

    private static bool IsSentence(XElement? summary) => summary is not null
        && summary.Value.Trim() is var text && text.EndsWith('.')
        && (summary.Elements().Any() || text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length >= 3);

    // Members that a person sees in a tooltip; what overrides another or implements it has that one's words.
    private static IEnumerable<ISymbol> PublicMembers() => Types(LibrarySource.Whole.Assembly.GlobalNamespace)
        .Where(IsVisible)
        .SelectMany(type => type.GetMembers().Where(member => member.DeclaredAccessibility == Accessibility.Public
            && !member.IsImplicitlyDeclared && !member.IsOverride && member is not INamedTypeSymbol
            && member is not IMethodSymbol { MethodKind: not MethodKind.Ordinary }
            && !IsPositional(member) && member.ContainingType.TypeKind != TypeKind.Enum
            && !type.AllInterfaces.SelectMany(contract => contract.GetMembers())
                .Any(
                    asked =>
                        SymbolEqualityComparer.Default.Equals(
                            type.FindImplementationForInterfaceMember(asked), member)))
            .Append<ISymbol>(type));

    private static bool IsPositional(ISymbol member) => member is IPropertySymbol
        && member.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax() is ParameterSyntax);

    private static bool IsVisible(INamedTypeSymbol type) => type.DeclaredAccessibility == Accessibility.Public
        && (type.ContainingType is null || IsVisible(type.ContainingType));

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceSymbol space) => space.GetNamespaceMembers()
        .SelectMany(Types).Concat(space.GetTypeMembers().SelectMany(type => type.GetTypeMembers().Prepend(type)));

    private static XElement? Words(ISymbol symbol) =>
        symbol.GetDocumentationCommentXml() is { Length: > 0 } xml ? XElement.Parse(xml) : null;

    private static IEnumerable<(string Path, string Text)> Sources() => new[] { "lib", "tests" }
        .SelectMany(
            folder => Directory.EnumerateFiles(Path.Combine(Project.Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(path => (Path.GetRelativePath(Project.Root, path).Replace('\\', '/'), File.ReadAllText(path)));

    // Text of another language in a raw string, one long name or path, and a reference in a comment cannot be broken.
    private static IEnumerable<string> WideLines((string Path, string Text) file)
    {
        var lines = file.Text.Split('\n');
        if (!lines.Any(line => line.Length > Columns))
        {
            yield break;
        }

        var tree = CSharpSyntaxTree.ParseText(file.Text, new CSharpParseOptions(LanguageVersion.Preview));
        var text = tree.GetText();
        foreach (var line in text.Lines.Where(line => line.Span.Length > Columns))
        {
            var raw = tree.GetRoot().DescendantTokens(line.Span).Any(IsRaw);
            if (!raw && !Reference().IsMatch(text.ToString(line.Span)))
            {
                yield return $"{file.Path}:{line.LineNumber + 1}";
            }
        }
    }

    private static IEnumerable<string> Unfilled(SyntaxTree tree) => tree.GetRoot().DescendantNodes()
        .OfType<BinaryExpressionSyntax>()
        .Where(sum => sum.IsKind(SyntaxKind.AddExpression)
            && sum.Right is LiteralExpressionSyntax { Token.Value: string text } && Hole().IsMatch(text)
            && sum.Left.DescendantNodesAndSelf().Any(part => part is InterpolatedStringExpressionSyntax))
        .Select(sum => $"{tree.FilePath}: {sum.Right}");

    private static bool IsRaw(SyntaxToken token) =>
        token.Kind() is SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken
            or SyntaxKind.Utf8SingleLineRawStringLiteralToken
        || token.Parent?.FirstAncestorOrSelf<InterpolatedStringExpressionSyntax>() is { StringStartToken: var start }
            && start.Kind() is SyntaxKind.InterpolatedMultiLineRawStringStartToken
                or SyntaxKind.InterpolatedSingleLineRawStringStartToken;

    [GeneratedRegex(@"(?<!\bscalar)\.To(?:Single|Double|Int32|Int64|Boolean)\(\)")]
    private static partial Regex ScalarRead();

    [GeneratedRegex(@"\{[A-Za-z_(][\w.]*[}:(]")]
    private static partial Regex Hole();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Shape();

    [GeneratedRegex(@"^\s*/// <\w+ cref=""[^""]*""/>[,.]?$")]
    private static partial Regex Reference();
}
