package mmsim

import "fmt"

// A failure is an error as the server answers it. Programs decide by status
// and id; the message is for people, and a real server translates it.
type failure struct {
	status  int
	id      string
	message string
	lost    bool // there is no such route: details, but no request id
}

// refuse returns a failure.
func refuse(status int, id, format string, args ...any) *failure {
	return &failure{status: status, id: id, message: fmt.Sprintf(format, args...)}
}

func badBody(name string) *failure {
	return refuse(400, "api.context.invalid_body_param.app_error", "The request body has no valid %s.", name)
}

func badURL(name string) *failure {
	return refuse(400, "api.context.invalid_url_param.app_error", "The request URL has no valid %s.", name)
}

func forbidden() *failure {
	return refuse(403, "api.context.permissions.app_error", "You have no permission for this.")
}

func expired() *failure {
	return refuse(401, "api.context.session_expired.app_error", "The session is not valid or has expired.")
}

func noAccount() *failure {
	return refuse(404, "app.user.missing_account.const", "There is no such user.")
}

func noRoute() *failure {
	f := refuse(404, "api.context.404.app_error", "There is no such page.")
	f.lost = true
	return f
}

func invalid(field string) *failure {
	return refuse(400, "model.user.is_valid."+field+".app_error", "The user's %s is not valid.", field)
}

func nameTaken() *failure {
	return refuse(400, "app.user.save.username_exists.app_error", "Another account has that user name.")
}

func emailTaken() *failure {
	return refuse(400, "app.user.save.email_exists.app_error", "Another account has that e-mail.")
}

func notSaved() *failure {
	return refuse(500, "app.user.save.app_error", "The account could not be saved.")
}
