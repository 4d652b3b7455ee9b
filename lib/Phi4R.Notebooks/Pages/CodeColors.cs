using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Pages;

/// <summary>C# as HTML, its keywords, types, texts, numbers and comments marked.</summary>
internal static class CodeColors
{
    public static string Html(string code)
    {
        var html = new StringBuilder();
        foreach (var token in CSharpSyntaxTree.ParseText(code, Submissions.Syntax).GetRoot().DescendantTokens())
        {
            foreach (var trivia in token.LeadingTrivia)
            {
                Append(html, trivia.ToFullString(), Class(trivia));
            }

            Append(html, token.Text, Class(token));
            foreach (var trivia in token.TrailingTrivia)
            {
                Append(html, trivia.ToFullString(), Class(trivia));
            }
        }

        return html.ToString();
    }

    private static void Append(StringBuilder html, string text, string? name)
    {
        var escaped = WebUtility.HtmlEncode(text);
        html.Append(name is null || text.Length == 0 ? escaped : $"<span class=\"{name}\">{escaped}</span>");
    }

    private static string? Class(SyntaxTrivia trivia) => trivia.IsDirective ? "directive"
        : trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia ? "comment"
        : null;

    private static string? Class(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken
            or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.InterpolatedStringStartToken
            or SyntaxKind.InterpolatedStringTextToken
            or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.InterpolatedVerbatimStringStartToken => "text",
        SyntaxKind.NumericLiteralToken => "number",
        SyntaxKind.IdentifierToken when token.Text == "var" => "keyword",
        SyntaxKind.IdentifierToken when IsType(token) => "type",
        var kind when SyntaxFacts.IsKeywordKind(kind) => "keyword",
        _ => null,
    };

    private static bool IsType(SyntaxToken token) => token.Parent switch
    {
        GenericNameSyntax generic => generic.Parent is not MemberAccessExpressionSyntax,
        BaseTypeDeclarationSyntax => true,
        IdentifierNameSyntax
        {
            Parent: ObjectCreationExpressionSyntax or VariableDeclarationSyntax or ParameterSyntax
            or TypeArgumentListSyntax or CastExpressionSyntax
        } => true,
        _ => false,
    };
}
