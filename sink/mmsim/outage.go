package mmsim

// BreakDatabase makes the server behave as one whose database is down, or up
// again. It answers calls whose session it has seen in ways that mislead, and
// only GET /system/ping?get_server_status=true tells the truth.
func (s *Server) BreakDatabase(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = down
}

// down reports whether the database is down.
func (s *Server) down() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.broken
}

// outage returns what a call answers while the database is down. Calls that
// were not measured answer with a 500.
func (c *call) outage() *failure {
	if !c.down() {
		return nil
	}
	modern := c.rules.hasLimits
	switch c.route.name() {
	case "none", "GET /system/ping", "GET /config/client", "GET /license/client":
		return nil
	case "GET /users", "POST /users/ids", "POST /users/usernames":
		return refuse(500, "app.user.get_profiles.app_error", "Users could not be read.")
	case "GET /users/{id}":
		return refuse(500, "app.user_terms_of_service.get_by_user.app_error", "The terms of service could not be read.")
	case "POST /users":
		if modern {
			return refuse(500, "app.limits.get_app_limits.user_count.store_error", "Users could not be counted.")
		}
		return refuse(500, "app.user.get_total_users_count.app_error", "Users could not be counted.")
	case "PUT /users/{id}/patch":
		if modern {
			return forbidden()
		}
		return badBody("user_id")
	}
	return refuse(500, "app.user.get.app_error", "The account could not be read.")
}
