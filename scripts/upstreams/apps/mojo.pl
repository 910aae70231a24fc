# What Mojolicious understood of a request.
use Mojolicious::Lite -signatures;

app->log->level("fatal");

any "/*rest" => { rest => "" } => sub ($c) {
    my $request = $c->req;
    my $path = "/" . join "/", @{ $request->url->path->clone->canonicalize->leading_slash(0)->parts };
    my $host = lc($request->url->to_abs->host // "");
    $host =~ s/\.$//;
    my $guarded = $path eq "/admin" || index($path, "/admin/") == 0 || $host eq "secret.example";
    my $id = $request->headers->header("X-Request-Id") // "-";
    utf8::encode($path) if utf8::is_utf8($path);
    my $seen = join " ", $request->method, $id, length $request->body, unpack("H*", $path);
    $c->res->headers->header("X-Seen" => $seen);
    $c->render(data => $guarded ? $ENV{MARK} : "seen");
};

app->start;
