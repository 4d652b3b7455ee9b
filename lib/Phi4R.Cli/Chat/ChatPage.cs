using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Phi4R.Runs;
using Phi4R.Text;

namespace Phi4R.Cli.Chat;

/// <summary>The page to talk to the served models in a browser; it loads nothing from elsewhere.</summary>
internal static class ChatPage
{
    private static readonly (string Path, string File, string Type)[] Files =
    [
        ("/", "chat.html", "text/html; charset=utf-8"),
        ("/chat.css", "chat.css", "text/css; charset=utf-8"),
        ("/chat.js", "chat.js", "text/javascript; charset=utf-8"),
    ];

    /// <summary>
    /// Whether a path is one of the page's own files, which hold no secret: the page asks for the key.
    /// </summary>
    public static bool Has(PathString path) => Files.Any(file => file.Path == path);

    /// <summary>Adds the page to a server.</summary>
    /// <param name="first">The model whose kind of questions the page suggests.</param>
    public static void Map(WebApplication app, ServedModel first)
    {
        foreach (var (path, file, type) in Files)
        {
            app.MapGet(path, context => Send(context, file, type));
        }

        app.MapGet("/chat/about", context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(JsonSerializer.Serialize(new
            {
                examples = ExampleQuestions.For(first.Tokenizer),
                single_turn = first.Tokenizer is PocketTokenizer,
            }), context.RequestAborted);
        });
    }

    private static async Task Send(HttpContext context, string file, string type)
    {
        var headers = context.Response.Headers;
        headers[HeaderNames.ContentSecurityPolicy] = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers[HeaderNames.XContentTypeOptions] = "nosniff";
        headers[HeaderNames.CacheControl] = "no-cache";
        context.Response.ContentType = type;
        await using var content = typeof(ChatPage).Assembly.GetManifestResourceStream(file)!;
        await content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
